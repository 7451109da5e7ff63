package com.mimiry.sessions;

import com.mimiry.billing.Billing;

/**
 * A session with all that the API shows of it.
 *
 * @param shown with its newest events, oldest first; without what {@link SessionJson#with} adds
 * @param accrual what it costs
 */
record SessionDetail(Session session, SessionJson shown, Billing.Accrual accrual) {}
