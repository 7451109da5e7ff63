/** Durable steps: a step reads a row, acts, and says when to run again. Knows no feature. */
@NullMarked
package com.mimiry.reconcile;

import org.jspecify.annotations.NullMarked;
