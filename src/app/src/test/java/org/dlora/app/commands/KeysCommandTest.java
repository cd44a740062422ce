package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.Page;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.store.TestDatabase;
import org.dlora.store.history.HistorySettings;
import org.dlora.store.history.StoredHistory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys made without a running server, in its database. */
class KeysCommandTest {
    /** Address of no server. */
    private static final String NOBODY = "--url=http://127.0.0.1:1";

    @TempDir Path home;
    private String errors = "";

    private String run(int code, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var all = new ArrayList<>(List.of("keys"));
        all.addAll(List.of(arguments));
        all.add(NOBODY);
        all.add("--home=" + home);
        int got =
                CommandRunner.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        all.toArray(String[]::new));
        errors = err.toString();
        assertThat(got).as(out + errors).isEqualTo(code);
        return out.toString();
    }

    @Test
    void aKeyIsMadeListedRotatedAndRevoked() throws Exception {
        assertThat(run(1, "create", "--name=app", "--scope=inference")).isEmpty();
        assertThat(errors).contains("The first key needs the scope 'admin'");

        var root = run(0, "create", "--name=root", "--scope=admin").strip();
        assertThat(root).matches("dlora_[0-9a-f]{12}_[0-9a-f]{48}");
        assertThat(home.resolve("keys.secret")).exists();
        var app =
                run(
                                0,
                                "create",
                                "--name=app",
                                "--scope=inference,metrics",
                                "--adapters=sql-*,law",
                                "--expires-in=90d",
                                "--requests-per-minute=60",
                                "--token-budget=1000",
                                "--budget-period=day")
                        .strip();
        assertThat(run(0, "list"))
                .contains(root.substring(0, 18) + "  active   root  scopes=admin adapters=*")
                .contains("app  scopes=inference,metrics adapters=sql-*,law created=")
                .containsPattern("app .* last-used=never expires=")
                .contains(
                        " requests_per_minute=60 token_budget=1000 budget_period=day budget_alert=0.8")
                .doesNotContain(root.substring(19))
                .doesNotContain(app.substring(19));

        var next = run(0, "rotate", app.substring(0, 18), "--overlap=0s").strip();
        assertThat(next).isNotEqualTo(app);
        assertThat(run(0, "revoke", root.substring(0, 18))).contains("is revoked");
        assertThat(run(0, "list"))
                .contains(app.substring(0, 18) + "  expired")
                .contains(root.substring(0, 18) + "  revoked")
                .contains(next.substring(0, 18) + "  active");
        assertThat(run(1, "revoke", "dlora_000000000000")).isEmpty();
        assertThat(errors).contains("no such key");
        assertThat(run(1, "create", "--name=b", "--scope=inference", "--tokens-per-minute=0"))
                .isEmpty();
        assertThat(errors).contains("'limits.tokens_per_minute' is 0: expected an integer from 1");
        assertThat(Files.readString(home.resolve("keys.secret"))).doesNotContain(next);
    }

    @Test
    void aDatabaseThatAServerUsesIsSaid() throws Exception {
        run(0, "create", "--name=root", "--scope=admin");
        try (var file = FileChannel.open(home.resolve("dlora.mv.db"), StandardOpenOption.WRITE);
                var _ = file.lock()) {
            assertThat(run(1, "list")).isEmpty();
            assertThat(errors).contains("in use by a server").contains("--url");
        }
    }

    @Test
    void wrongUsageIsSaid() {
        run(2);
        assertThat(errors).contains("create, list, rotate, revoke");
        run(2, "create", "--name=x");
        assertThat(errors).contains("--scope");
        run(2, "create", "--name=x", "--scope=inference", "--budget-period=day");
        assertThat(errors).contains("need --token-budget");
        run(
                2,
                "create",
                "--name=x",
                "--scope=inference",
                "--token-budget=5",
                "--budget-period=week");
        assertThat(errors).contains("must be day or month, not week");
        run(2, "rotate", "dlora_000000000000", "--overlap=soon");
        assertThat(errors).contains("'soon' is no duration");
        assertThat(home).isEmptyDirectory();
    }

    /** Changes without a server were in no audit. */
    @Test
    void changesAreAudited() {
        var root = run(0, "create", "--name=root", "--scope=admin").strip();
        var app = run(0, "create", "--name=app", "--scope=inference").strip();
        var _ = run(0, "revoke", app.substring(0, 18));
        try (var database = TestDatabase.h2(home);
                var history =
                        new StoredHistory(
                                database,
                                HistorySettings.DEFAULT,
                                new ClusterEvents(Clock.systemUTC()),
                                Clock.systemUTC(),
                                new SimpleMeterRegistry())) {
            var rows = history.audit(AuditFilter.ALL, new Page(null, 9, null, null));
            assertThat(rows)
                    .extracting(row -> row.actor() + " " + row.action() + " " + row.subject())
                    .containsExactly(
                            "command key.revoke " + app.substring(0, 18),
                            "command key.create " + app.substring(0, 18),
                            "command key.create " + root.substring(0, 18));
        }
    }
}
