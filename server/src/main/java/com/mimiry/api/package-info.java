/** HTTP manners: error bodies, paging, idempotency keys, request ids, rate limits. No business. */
@NullMarked
package com.mimiry.api;

import org.jspecify.annotations.NullMarked;
