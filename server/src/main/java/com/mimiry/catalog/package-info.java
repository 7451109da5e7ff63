/** GPU models and their aliases, offers with prices, selection. */
@NullMarked
package com.mimiry.catalog;

import org.jspecify.annotations.NullMarked;
