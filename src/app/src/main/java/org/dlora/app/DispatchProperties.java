package org.dlora.app;

import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of dispatch.
 *
 * @param policy rule that chooses the replica of a request
 */
record DispatchProperties(@DefaultValue("predicted-finish") DispatchPolicy policy) {}
