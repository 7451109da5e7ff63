/** An emulator of the Verda cloud: its HTTP contract with its quirks, faults on demand, and machines that are real. */
package com.mimiry.simulator.verda;
