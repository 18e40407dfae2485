/* Two things that the packaged driver of the virtual reader cannot do, for tests alone.
 *
 * Preloaded into pcscd: sockets that would listen on all interfaces listen on one loopback address.
 * The driver has no setting for it, and its other mode, in which it connects to the card, ends
 * pcscd as soon as a card is taken off (vsmartcard 3.3).
 *
 * Given to pcscd as the reader's driver: passes everything on to the packaged one, but while a file
 * is there it answers as the driver of USB readers does when its reader was unplugged. pcscd then
 * knows nothing of the reader any more. It stays in the list, though: of real readers pcscd is told
 * by the kernel, and this one it never lets go.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ifdhandler.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	static int (*next)(int, const struct sockaddr *, socklen_t);
	const char *host = getenv("COUNTER_TUI_LISTEN");
	struct sockaddr_in kept;

	if (next == NULL)
		next = dlsym(RTLD_NEXT, "bind");
	if (host != NULL && address->sa_family == AF_INET && length == sizeof kept) {
		memcpy(&kept, address, sizeof kept);
		if (inet_pton(AF_INET, host, &kept.sin_addr) != 1)
			abort();
		return next(fd, (const struct sockaddr *)&kept, length);
	}
	return next(fd, address, length);
}

static void *packaged(const char *name)
{
	static void *driver;

	if (driver == NULL)
		driver = dlopen(getenv("COUNTER_TUI_DRIVER"), RTLD_NOW);
	return driver == NULL ? NULL : dlsym(driver, name);
}

static int lost(void)
{
	const char *marker = getenv("COUNTER_TUI_UNPLUGGED");

	return marker != NULL && access(marker, F_OK) == 0;
}

#define PASS_ON(name, declared, given)                           \
	RESPONSECODE name declared                               \
	{                                                        \
		RESPONSECODE (*real) declared = packaged(#name); \
		if (real == NULL || lost())                      \
			return IFD_NO_SUCH_DEVICE;               \
		return real given;                               \
	}

PASS_ON(IFDHCreateChannelByName, (DWORD lun, LPSTR name), (lun, name))
PASS_ON(IFDHCreateChannel, (DWORD lun, DWORD channel), (lun, channel))
PASS_ON(IFDHCloseChannel, (DWORD lun), (lun))
PASS_ON(IFDHGetCapabilities, (DWORD lun, DWORD tag, PDWORD length, PUCHAR value),
	(lun, tag, length, value))
PASS_ON(IFDHSetCapabilities, (DWORD lun, DWORD tag, DWORD length, PUCHAR value),
	(lun, tag, length, value))
PASS_ON(IFDHSetProtocolParameters,
	(DWORD lun, DWORD protocol, UCHAR flags, UCHAR one, UCHAR two, UCHAR three),
	(lun, protocol, flags, one, two, three))
PASS_ON(IFDHPowerICC, (DWORD lun, DWORD action, PUCHAR atr, PDWORD length),
	(lun, action, atr, length))
PASS_ON(IFDHTransmitToICC,
	(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD length, PUCHAR answer,
	 PDWORD answered, PSCARD_IO_HEADER receive),
	(lun, send, command, length, answer, answered, receive))
PASS_ON(IFDHControl,
	(DWORD lun, DWORD code, PUCHAR command, DWORD length, PUCHAR answer, DWORD room,
	 PDWORD answered),
	(lun, code, command, length, answer, room, answered))

PASS_ON(IFDHICCPresence, (DWORD lun), (lun))
