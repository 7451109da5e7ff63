/** SSH public keys and detached SSH signatures (the SSHSIG format), checked as OpenSSH checks them. Knows no feature. */
@NullMarked
package com.mimiry.identity.sshsig;

import org.jspecify.annotations.NullMarked;
