/** Captures what containers print, stores it, and serves it after the machine is gone. */
@NullMarked
package com.mimiry.logs;

import org.jspecify.annotations.NullMarked;
