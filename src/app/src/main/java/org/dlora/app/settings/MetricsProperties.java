package org.dlora.app.settings;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The metrics.
 *
 * @param vllm whether {@code /metrics} has the series that routers read from vLLM
 */
public record MetricsProperties(@DefaultValue("true") boolean vllm) {}
