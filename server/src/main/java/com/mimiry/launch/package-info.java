/** The command lines of the server binary: serve, admin, doctor. Wires features; nobody uses it. */
@NullMarked
package com.mimiry.launch;

import org.jspecify.annotations.NullMarked;
