package org.dlora.app.settings;

import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of dispatch.
 *
 * @param policy rule that chooses the replica of a request
 */
public record DispatchProperties(@DefaultValue("predicted-finish") DispatchPolicy policy) {}
