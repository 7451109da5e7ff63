/** The SSH front door: routes a login to a session's container. */
@NullMarked
package com.mimiry.sshproxy;

import org.jspecify.annotations.NullMarked;
