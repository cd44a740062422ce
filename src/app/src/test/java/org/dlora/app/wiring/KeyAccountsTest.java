package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.api.web.LimitRefusal;
import org.dlora.catalogue.accounts.TokenAccounts.Work;
import org.dlora.catalogue.accounts.TokensRefusedException;
import org.dlora.catalogue.served.GateNotRunException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Ending;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.Team;
import org.dlora.security.limits.LimitExceededException;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.dlora.security.limits.UsageCount;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class KeyAccountsTest {
    private static final Limited KEY =
            new Limited(Limited.Kind.KEY, "dlora_1", new Limits(null, 100L, null, null));

    private final Limiter limiter =
            new Limiter(() -> Instant.EPOCH, () -> 0, LimitObserver.NONE, Limited::limits);
    private final KeyAccounts accounts = accounts("dlora_1", KEY.limits(), null);

    private KeyAccounts accounts(String key, Limits limits, @Nullable Team team) {
        return accounts(key, limits, team, PrefixSharing.TEAM);
    }

    /** Returns the accounts of one key. */
    private KeyAccounts accounts(
            String key, Limits limits, @Nullable Team team, PrefixSharing prefixes) {
        var view =
                new Access.KeyView(
                        key,
                        new KeySettings(
                                key,
                                null,
                                Set.of(Scope.ADAPTERS),
                                AdapterPatterns.ALL,
                                null,
                                limits));
        var access = new Access(view, team, Ending.NEVER);
        return new KeyAccounts(
                id -> id.equals(key) ? Optional.of(access) : Optional.empty(), limiter, prefixes);
    }

    @Test
    void usedTokensAreChargedToTheAuthorsKey() {
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
        var one = new Limited(Limited.Kind.KEY, "dlora_2", new Limits(1L, 100L, 1L, null));
        var accounts = accounts("dlora_2", one.limits(), null);
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
                .havingCause()
                .isInstanceOfSatisfying(
                        LimitExceededException.class,
                        limit ->
                                assertThat(LimitRefusal.of(limit).status())
                                        .isEqualTo(HttpStatus.TOO_MANY_REQUESTS));
        assertThat(CatalogueRefusals.translated(new GateNotRunException("The server ends")))
                .isInstanceOf(CommandRefusedException.class);
    }

    @Test
    void cachedPrefixesAreOwnedAsThoseOfTheKeysCalls() {
        var red = new Team("red", "", AdapterPatterns.ALL, AdapterPatterns.NONE, Instant.EPOCH);
        assertThat(accounts("dlora_1", Limits.NONE, red).prefixOwner("dlora_1 (team red)"))
                .isEqualTo(PrefixOwner.ofTeam("red"));
        assertThat(accounts.prefixOwner("dlora_1")).isEqualTo(PrefixOwner.ofKey("dlora_1"));
        for (var author : new String[] {"user:ann", "admin-key", "dlora_2 (team red)"}) {
            assertThat(accounts.prefixOwner(author))
                    .isEqualTo(PrefixOwner.ofKey(Access.keyOf(author)));
        }
        assertThat(
                        accounts("dlora_1", Limits.NONE, red, PrefixSharing.SERVER)
                                .prefixOwner("dlora_1 (team red)"))
                .isEqualTo(PrefixOwner.SHARED);
    }

    @Test
    void authorsWithoutAKeyHaveNoAccount() {
        for (var author : new String[] {"user:ann", "127.0.0.1", "manifest", ""}) {
            accounts.reserve(author, Work.REQUEST, 1_000_000).settle(1_000_000);
        }
        assertThat(limiter.usage(KEY).day().tokens()).isZero();
    }
}
