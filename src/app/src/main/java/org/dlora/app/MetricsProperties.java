package org.dlora.app;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The metrics.
 *
 * @param vllm whether {@code /metrics} has the series that routers read from vLLM
 */
record MetricsProperties(@DefaultValue("true") boolean vllm) {}
