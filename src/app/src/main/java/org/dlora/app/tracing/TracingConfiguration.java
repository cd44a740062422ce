package org.dlora.app.tracing;

import io.micrometer.tracing.Tracer;
import org.dlora.api.openai.call.CallTrace;
import org.dlora.cluster.facts.RequestObserver;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Beans of tracing, where it is on. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(TracingFilter.ENABLED)
public class TracingConfiguration {
    @Bean
    RequestObserver requestSpans(Tracer tracer) {
        return new RequestSpans(tracer);
    }

    @Bean
    CallTrace callTrace() {
        return new ObservedCalls();
    }
}
