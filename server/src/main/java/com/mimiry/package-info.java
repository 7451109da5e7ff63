/** The Mimiry server: one process that brokers GPUs. Each sub-package is one feature. */
@NullMarked
package com.mimiry;

import org.jspecify.annotations.NullMarked;
