"""What tests share: peers, harnesses, made-up cards."""
