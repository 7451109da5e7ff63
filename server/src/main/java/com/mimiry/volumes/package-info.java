/** Volumes: storage that outlives sessions. */
@NullMarked
package com.mimiry.volumes;

import org.jspecify.annotations.NullMarked;
