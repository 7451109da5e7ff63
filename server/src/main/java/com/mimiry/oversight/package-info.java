/** The providers as their operator sees them: how they are, what they hold for us and whose it is, the sweep, the hosts. */
@NullMarked
package com.mimiry.oversight;

import org.jspecify.annotations.NullMarked;
