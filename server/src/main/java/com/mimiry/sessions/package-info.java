/** Sessions: lifecycle, plan (pure), steps (effects), store (SQL), resource (HTTP). */
@NullMarked
package com.mimiry.sessions;

import org.jspecify.annotations.NullMarked;
