package org.dlora.api.metrics;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The endpoint {@code /metrics}. It needs {@link RouterSettings}, and answers 503 while nothing is
 * served.
 */
@Configuration(proxyBeanMethods = false)
@Import(VllmMetricsController.class)
public class MetricsApi {}
