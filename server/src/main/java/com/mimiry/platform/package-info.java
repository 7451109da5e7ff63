/** What every feature stands on: database, time, ids, money, secrets, JSON. Knows no feature. */
@NullMarked
package com.mimiry.platform;

import org.jspecify.annotations.NullMarked;
