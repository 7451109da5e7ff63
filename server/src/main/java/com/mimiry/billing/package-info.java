/** The double-entry ledger, meters, holds, balances and quota. */
@NullMarked
package com.mimiry.billing;

import org.jspecify.annotations.NullMarked;
