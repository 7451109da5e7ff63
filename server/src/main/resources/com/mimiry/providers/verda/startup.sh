#!/bin/bash
# Makes a fresh machine ours: it shows the host key that the server knows, lets only the server in, and runs Docker.
# Runs as root at the first boot, and again when the machine is made anew from its disk: every step may be repeated.
set -u
umask 077

install -d -m 755 /etc/ssh /etc/ssh/sshd_config.d
cat > /etc/ssh/ssh_host_ed25519_key.new <<'MIMIRY_HOST_KEY'
@HOST_KEY@
MIMIRY_HOST_KEY
chmod 600 /etc/ssh/ssh_host_ed25519_key.new
mv -f /etc/ssh/ssh_host_ed25519_key.new /etc/ssh/ssh_host_ed25519_key
(umask 022; echo '@HOST_PUBLIC_KEY@' > /etc/ssh/ssh_host_ed25519_key.pub)

install -d -m 700 /root/.ssh
touch /root/.ssh/authorized_keys
chmod 600 /root/.ssh/authorized_keys
grep -qxF '@CLIENT_PUBLIC_KEY@' /root/.ssh/authorized_keys || echo '@CLIENT_PUBLIC_KEY@' >> /root/.ssh/authorized_keys

# sshd takes the first value that it reads; this file comes before those of the image.
(umask 022; cat > /etc/ssh/sshd_config.d/00-mimiry.conf <<'MIMIRY_SSHD'
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowStreamLocalForwarding yes
MaxStartups 100:30:200
MaxSessions 500
MIMIRY_SSHD
)
systemctl restart ssh 2>/dev/null || systemctl restart sshd 2>/dev/null || true

if ! command -v dockerd >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    for _ in 1 2 3 4 5; do
        apt-get update -q && apt-get install -q -y docker.io && break
        sleep 10
    done
fi
systemctl enable --now docker 2>/dev/null || true
exit 0
