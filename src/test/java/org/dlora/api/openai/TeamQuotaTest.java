package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.TinyServer;
import org.dlora.cluster.adapters.ServedModels;
import org.dlora.model.BaseModel;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Scope;
import org.dlora.security.limits.Quota;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

class TeamQuotaTest {
    private static Access access(AdapterPatterns adapters) {
        return new Access(
                new Access.KeyView("k", "k", Set.of(Scope.ADAPTERS), adapters, null, Quota.NONE),
                null,
                Mono.never());
    }

    /** Versions that differ in their defaults have one content. */
    @Test
    void bytesOfTheAdaptersThatACallMayChangeAreBounded() {
        try (var server = new TinyServer();
                var base = BaseModel.open(Path.of("src/main/resources/demo/model"))) {
            server.serve("blue-one", "dora");
            server.serve("red-one", "r8-all");
            var served =
                    new ServedBuilder(
                                    new ServedModels(base, 64, server.names(), Instant.EPOCH),
                                    new IdleService())
                            .build();
            var blue = served.as(access(new AdapterPatterns(List.of("blue-*"))));
            long bytes =
                    server
                            .service()
                            .find("blue-one")
                            .orElseThrow()
                            .record()
                            .versions()
                            .values()
                            .stream()
                            .mapToLong(version -> version.facts().bytes().orElseThrow())
                            .sum();
            assertThat(bytes).isPositive();
            new TeamQuota(10, bytes + 1, 1).requireVersion(blue);
            var full = new TeamQuota(10, bytes, 1);
            assertThatExceptionOfType(ApiException.class)
                    .isThrownBy(() -> full.requireVersion(blue))
                    .withMessageContaining("dlora.adapters.team.max-bytes")
                    .satisfies(e -> assertThat(e.status()).isEqualTo(HttpStatus.CONTENT_TOO_LARGE));
            full.requireVersion(served.as(access(AdapterPatterns.ALL)));
            full.requireVersion(served);
        }
    }
}
