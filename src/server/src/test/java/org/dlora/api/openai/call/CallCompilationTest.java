package org.dlora.api.openai.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class CallCompilationTest {

    @Test
    void aCallThatIsInterruptedForNoClientsSakeIsToBeTriedAgain() {
        try (var pools = new WorkPools(PoolsSettings.USUAL)) {
            var call =
                    CallCompilation.read(
                            pools,
                            () -> {
                                throw new CancellationException("interrupted");
                            });
            assertThatExceptionOfType(ApiException.class)
                    .isThrownBy(() -> call.block(Duration.ofMinutes(1)))
                    .satisfies(e -> {
                        assertThat(e.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
                        assertThat(e.retryAfter()).isPresent();
                    });
        }
    }
}
