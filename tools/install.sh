#!/bin/sh
# Install what counter_tui needs: system packages, then the Python environment in .venv.
#
#   tools/install.sh runtime    to run it: C compiler, PC/SC and Python headers, libraries
#   tools/install.sh dev        the same, with the tools of `make check`
#   tools/install.sh test       the same, with the services that the tests use
#   tools/install.sh pictures   the same as dev, with a terminal and a font for pictures
#
# Looks first and asks for nothing that is there; a second run takes a blink. Only `test` asks
# for the virtual card reader, which has no place on a library's machine.
# PYTHON names another interpreter than the first python3 that is new enough.
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin:/sbin"
VENV=.venv
purpose=${1:-runtime}

say() { printf '== %s\n' "$*"; }
fail() {
    printf '== %s\n' "$@" >&2
    exit 1
}

# --------------------------------------------------------------- what the system must have

packages=
reasons=
need() { # need PACKAGE REASON
    packages="$packages $1"
    reasons="$reasons
     $1: $2"
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

look_at_python() {
    python=$(find_python)
    if [ -z "$python" ]; then
        need python3 "Python 3.11 or newer"
        need python3-venv "makes the environment in $VENV"
        need python3-dev "headers, to compile the card library"
        return
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        need python3-venv "makes the environment in $VENV"
    "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
        need python3-dev "headers, to compile the card library"
}

# The card library pyscard comes as source on Linux.
look_at_compiler() {
    command -v gcc >/dev/null || need gcc "compiles the card library"
    [ -e /usr/include/stdlib.h ] || need libc6-dev "headers, to compile the card library"
    [ -e /usr/include/PCSC/winscard.h ] || need libpcsclite-dev "headers of the card service"
}

# The picture library arranges characters that carry a variation selector (rare forms in names) with
# this one; it is looked up while running, so nothing fails without it but the form on the slip.
look_at_fribidi() {
    for file in /usr/lib/*/libfribidi.so.0 /usr/lib/libfribidi.so.0 /usr/lib64/libfribidi.so.0; do
        [ ! -e "$file" ] || return 0
    done
    need libfribidi0 "rare forms of characters in names, on slips"
}

look_at_services() {
    command -v pcscd >/dev/null || need pcscd "the card service"
    find /usr/lib -name 'libifdvpcd.so*' 2>/dev/null | grep -q . ||
        need vsmartcard-vpcd "a virtual card reader, for tests alone"
    command -v opensc-tool >/dev/null || need opensc "reads the simulated card as a stranger would"
    command -v openssl >/dev/null || need openssl "verifies the simulated card's signatures"
    command -v tmux >/dev/null || need tmux "the terminal in which the program is tested"
}

look_at_pictures() {
    command -v tmux >/dev/null || need tmux "the terminal of which pictures are taken"
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] ||
        need fonts-noto-cjk "the font of the pictures"
}

install_packages() {
    [ -n "$packages" ] || return 0
    say "These system packages are missing:$reasons"
    if ! command -v apt-get >/dev/null; then
        fail "This system has no apt: please install them (or what they are called here) and run this again."
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "Please let an administrator run: apt-get install$packages"
        as_root=sudo
        say "Installing them with sudo, which may ask for your password"
    else
        say "Installing them with apt-get"
    fi
    $as_root apt-get update -q || say "apt-get update failed; trying with the lists that are there"
    # shellcheck disable=SC2086  # one word a package
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $packages ||
        fail "apt-get could not install:$packages"
}

# ------------------------------------------------------------------ the Python environment

# Everything that decides what is installed; when it is as at the last time, nothing is done.
fingerprint() {
    cat "$0" pyproject.toml locks/build.txt "$1" | cksum
    pwd -P
    "$VENV/bin/python" -V
}

install_environment() { # install_environment LOCK
    lock=$1
    stamp=$VENV/.installed-$(basename "$lock" .txt)
    if [ -e "$stamp" ] && [ "$(fingerprint "$lock" 2>/dev/null)" = "$(cat "$stamp")" ]; then
        return
    fi
    if ! new_enough "$VENV/bin/python" || [ ! -x "$VENV/bin/pip" ]; then
        say "Making the environment in $VENV with $python ($("$python" -V))"
        "$python" -m venv --clear "$VENV"
    fi
    # Settings of the machine must not decide where packages go, or in what order versions win.
    unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_REQUIREMENT
    export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off
    # Building pyscard calls swig, which the build lock brings.
    PATH="$(pwd)/$VENV/bin:$PATH"
    export PATH
    say "Installing build tools, as pinned in locks/build.txt"
    pip install --require-hashes -r locks/build.txt
    say "Installing libraries, as pinned in $lock; the card library is compiled, which takes a while"
    pip install --no-build-isolation --require-hashes -r "$lock"
    say "Installing counter_tui itself"
    pip install --no-build-isolation --no-deps --editable .
    fingerprint "$lock" >"$stamp"
    say "The environment is ready"
}

pip() { "$VENV/bin/python" -m pip "$@"; }

# ------------------------------------------------------------------------------------- go

case $purpose in
runtime) lock=locks/runtime.txt ;;
dev | test | pictures) lock=locks/dev.txt ;;
*) fail "usage: tools/install.sh runtime|dev|test|pictures" ;;
esac

look_at_python
look_at_compiler
look_at_fribidi
case $purpose in
test) look_at_services ;;
pictures) look_at_pictures ;;
esac
install_packages
python=$(find_python)
[ -n "$python" ] || fail "No Python 3.11 or newer was found; PYTHON=/path/to/python3 names one."
if [ $lock = locks/runtime.txt ] && [ -e $VENV/.installed-dev ]; then
    lock=locks/dev.txt # the larger environment serves too, and is kept whole
fi
install_environment $lock
