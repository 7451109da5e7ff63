/** Machines of the Verda cloud (formerly DataCrunch). */
@NullMarked
package com.mimiry.providers.verda;

import org.jspecify.annotations.NullMarked;
