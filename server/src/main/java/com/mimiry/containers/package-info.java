/** The container engine: images, containers, exec, logs, over the Docker Engine API. */
@NullMarked
package com.mimiry.containers;

import org.jspecify.annotations.NullMarked;
