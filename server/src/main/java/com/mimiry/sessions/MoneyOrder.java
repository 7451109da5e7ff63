package com.mimiry.sessions;

/**
 * What the init of a session's container was last told about the end of its money.
 *
 * @param number the init obeys the highest; written down before the init is told
 * @param armed whether it is known to have reached the init
 */
record MoneyOrder(long number, MoneyEnd end, boolean armed) {}
