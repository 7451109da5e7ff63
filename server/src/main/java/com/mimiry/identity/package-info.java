/** Users, organizations, roles, SSH and API keys, SSHSIG sign-in, tokens. */
@NullMarked
package com.mimiry.identity;

import org.jspecify.annotations.NullMarked;
