package org.dlora.api.metrics;

/**
 * Settings of the metrics for routers.
 *
 * @param vllm whether vLLM's series are served
 * @param maxAdapters adapters that can run at a time, over all replicas
 */
public record RouterSettings(boolean vllm, int maxAdapters) {}
