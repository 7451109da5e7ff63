/** What a provider of machines can do, and how it can fail. */
@NullMarked
package com.mimiry.providers;

import org.jspecify.annotations.NullMarked;
