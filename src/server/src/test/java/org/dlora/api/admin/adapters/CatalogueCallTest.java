package org.dlora.api.admin.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/** Calls that wait, on threads of which no key and no team has all. */
class CatalogueCallTest {
    private final WorkPools pools = new WorkPools(PoolsSettings.USUAL);

    @AfterEach
    void close() {
        pools.close();
    }

    private static <T> T result(Mono<T> call) {
        return call.blockOptional(Duration.ofMinutes(1)).orElseThrow();
    }

    private static String thread() {
        return Thread.currentThread().getName();
    }

    @Test
    void callsOfTheCatalogueRunInItsPool() {
        assertThat(result(CatalogueCall.of(pools, CatalogueCallTest::thread)))
                .startsWith("catalogue-");
        var begun = new CompletableFuture<String>();
        CatalogueCall.begin(
                        pools,
                        () -> {
                            begun.complete(thread());
                            return new CompletableFuture<>();
                        },
                        false)
                .block(Duration.ofMinutes(1));
        assertThat(begun.join()).startsWith("catalogue-");
    }

    @Test
    void refusalsOfTheCatalogueAreAnswers() {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() ->
                        result(
                                CatalogueCall.of(
                                        pools,
                                        () -> {
                                            throw new NoSuchAdapterException("sql");
                                        })))
                .satisfies(e -> assertThat(e.status()).isEqualTo(HttpStatus.NOT_FOUND));
    }
}
