package com.mimiry.containers;

/** Gives the client of an engine; clients are shared and safe for many threads. */
public interface Engines {
    ContainerEngine connect(EngineAddress address);
}
