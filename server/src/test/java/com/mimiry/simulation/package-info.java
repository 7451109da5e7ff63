/**
 * The control plane in virtual time: the real sessions, catalogue, billing and reconcile decisions on a real PostgreSQL, with
 * providers, machines and containers that live in memory and misbehave as one seed says.
 */
@NullMarked
package com.mimiry.simulation;

import org.jspecify.annotations.NullMarked;
