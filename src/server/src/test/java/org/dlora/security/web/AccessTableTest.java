package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.dlora.security.Scope;
import org.dlora.security.web.AccessTable.Need;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.server.PathContainer;

class AccessTableTest {
    /** Other endpoints of Spring Boot, which a setting may open, tell of more than metrics. */
    @ParameterizedTest
    @CsvSource({
        "/metrics, METRICS",
        "/actuator/prometheus, METRICS",
        "/actuator, ADMIN",
        "/actuator/info, ADMIN",
        "/actuator/env, ADMIN",
        "/actuator/heapdump, ADMIN",
        "/actuator/loggers/org.dlora, ADMIN",
        "/actuator/prometheus/x, ADMIN",
        "/metrics/x, ADMIN"
    })
    void scopeMetricsIsForMetricsAlone(String path, Scope scope) {
        assertThat(AccessTable.rule(PathContainer.parsePath(path)).need())
                .isEqualTo(new Need.OneOf(Set.of(scope)));
    }
}
