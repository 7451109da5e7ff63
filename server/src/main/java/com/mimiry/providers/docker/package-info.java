/** Machines that are Docker hosts: this one, or others of the operator. */
@NullMarked
package com.mimiry.providers.docker;

import org.jspecify.annotations.NullMarked;
