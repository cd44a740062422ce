package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.List;
import org.dlora.api.openai.LimitRefusal;
import org.dlora.cluster.adapters.GateNotRunException;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Quota;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class KeyAccountsTest {
    private static final Limited KEY =
            new Limited(Limited.Kind.KEY, "dlora_1", new Quota(null, 100L, null, null));

    private final Limiter limiter =
            new Limiter(() -> Instant.EPOCH, () -> 0, LimitObserver.NONE, Limited::quota);
    private final KeyAccounts accounts =
            new KeyAccounts(id -> id.equals("dlora_1") ? List.of(KEY) : List.of(), limiter);

    @Test
    void theKeyOfTheAuthorPaysWhatIsUsed() {
        accounts.reserve("dlora_1 (team red)", 80).settle(30);
        assertThat(limiter.usage(KEY).day().tokens()).isEqualTo(30);
        accounts.reserve("dlora_1", 70).settle(70);
        assertThat(limiter.usage(KEY).day().tokens()).isEqualTo(100);
        assertThat(limiter.usage(KEY).running()).isZero();
    }

    @Test
    void aLimitWithoutRoomIsAnsweredAsThatOfACall() {
        accounts.reserve("dlora_1", 80);
        assertThatExceptionOfType(GateNotRunException.class)
                .isThrownBy(() -> accounts.reserve("dlora_1 (team red)", 30))
                .satisfies(e -> {
                    var answer = LimitRefusal.causing(e).orElseThrow();
                    assertThat(answer.status()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
                });
        assertThat(LimitRefusal.causing(new GateNotRunException("The server ends"))).isEmpty();
    }

    @Test
    void othersHaveNoAccount() {
        for (var author : new String[] {"user:ann", "127.0.0.1", "manifest", ""}) {
            accounts.reserve(author, 1_000_000).settle(1_000_000);
        }
        assertThat(limiter.usage(KEY).day().tokens()).isZero();
    }
}
