package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.List;
import org.dlora.api.openai.LimitRefusal;
import org.dlora.cluster.accounts.TokenAccounts.Work;
import org.dlora.cluster.accounts.TokensRefusedException;
import org.dlora.cluster.adapters.GateNotRunException;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Quota;
import org.dlora.security.limits.UsageCount;
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
        accounts.reserve("dlora_1 (team red)", Work.REQUEST, 80).settle(30);
        assertThat(limiter.usage(KEY).day().tokens()).isEqualTo(30);
        accounts.reserve("dlora_1", Work.REQUEST, 70).settle(70);
        assertThat(limiter.usage(KEY).day().tokens()).isEqualTo(100);
        assertThat(limiter.usage(KEY).running()).isZero();
    }

    @Test
    void workBesideARequestPaysItsTokensAlone() {
        var one = accounts.reserve("dlora_1", Work.BESIDE, 80);
        assertThat(limiter.usage(KEY).running()).isZero();
        assertThatExceptionOfType(TokensRefusedException.class)
                .isThrownBy(() -> accounts.reserve("dlora_1", Work.BESIDE, 30));
        one.settle(30);
        one.settle(30);
        assertThat(limiter.usage(KEY).running()).isZero();
        assertThat(limiter.usage(KEY).day()).isEqualTo(new UsageCount(0, 30));
        accounts.reserve("dlora_1", Work.BESIDE, 70).settle(0);
        assertThat(limiter.usage(KEY).day()).isEqualTo(new UsageCount(0, 30));
    }

    /** Neither the place nor the requests of the owner's own calls are taken. */
    @Test
    void workBesideARequestTakesNoRequest() {
        var one = new Limited(Limited.Kind.KEY, "dlora_2", new Quota(1L, 100L, 1L, null));
        var accounts = new KeyAccounts(_ -> List.of(one), limiter);
        var beside = accounts.reserve("dlora_2", Work.BESIDE, 10);
        var own = accounts.reserve("dlora_2", Work.REQUEST, 10);
        beside.settle(10);
        accounts.reserve("dlora_2", Work.BESIDE, 10).settle(10);
        own.settle(10);
        assertThat(limiter.usage(one).day()).isEqualTo(new UsageCount(1, 30));
    }

    @Test
    void aLimitWithoutRoomIsAnsweredAsThatOfACall() {
        accounts.reserve("dlora_1", Work.REQUEST, 80);
        assertThatExceptionOfType(TokensRefusedException.class)
                .isThrownBy(() -> accounts.reserve("dlora_1 (team red)", Work.REQUEST, 30))
                .satisfies(e -> {
                    var answer = LimitRefusal.causing(e).orElseThrow();
                    assertThat(answer.status()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
                });
        assertThat(LimitRefusal.causing(new GateNotRunException("The server ends"))).isEmpty();
    }

    @Test
    void othersHaveNoAccount() {
        for (var author : new String[] {"user:ann", "127.0.0.1", "manifest", ""}) {
            accounts.reserve(author, Work.REQUEST, 1_000_000).settle(1_000_000);
        }
        assertThat(limiter.usage(KEY).day().tokens()).isZero();
    }
}
