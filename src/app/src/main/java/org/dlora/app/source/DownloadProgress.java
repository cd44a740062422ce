package org.dlora.app.source;

import java.io.Console;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.engine.opening.Progress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Progress of a model's download: a bar on a terminal, else lines of the log. */
public final class DownloadProgress implements Consumer<Transfer> {
    private static final Duration BAR_INTERVAL = Duration.ofMillis(100);
    private static final int WIDTH = 40;
    private static final long MB = 1_000_000;

    private final HubReference model;
    private final PrintStream terminal;
    private final Clock clock;
    private Instant drawn = Instant.MIN;

    DownloadProgress(HubReference model, PrintStream terminal, Clock clock) {
        this.model = model;
        this.terminal = terminal;
        this.clock = clock;
    }

    /** Returns the progress as this process can show it. */
    public static Consumer<Transfer> of(HubReference model, Logger log, Clock clock) {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
                ? new DownloadProgress(model, System.err, clock)
                : new Lines(model, log, clock);
    }

    @Override
    public void accept(Transfer transfer) {
        var now = clock.instant();
        long total = transfer.total().orElse(0);
        boolean isWhole = transfer.bytes() == total;
        if (total <= 0 || (!isWhole && now.isBefore(next()))) {
            return;
        }
        drawn = now;
        int filled = (int) Math.min(WIDTH, WIDTH * transfer.bytes() / total);
        terminal.printf(
                "\r%s [%s%s] %3d %% of %d MB%s",
                model,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                100 * transfer.bytes() / total,
                Math.ceilDiv(total, MB),
                isWhole ? System.lineSeparator() : "");
        terminal.flush();
    }

    private Instant next() {
        return drawn.equals(Instant.MIN) ? Instant.MIN : drawn.plus(BAR_INTERVAL);
    }

    /** Lines of the log. */
    private static final class Lines implements Consumer<Transfer> {
        private final HubReference model;
        private final Logger log;
        private final Clock clock;
        private @Nullable Progress progress;

        Lines(HubReference model, Logger log, Clock clock) {
            this.model = model;
            this.log = log;
            this.clock = clock;
        }

        @Override
        public void accept(Transfer transfer) {
            if (transfer.total().isEmpty()) {
                return;
            }
            var known = progress;
            if (known == null) {
                known =
                        new Progress(
                                log,
                                clock,
                                "Fetched MB of " + model,
                                (int) Math.ceilDiv(transfer.total().getAsLong(), MB));
                progress = known;
            }
            known.reached((int) Math.ceilDiv(transfer.bytes(), MB));
        }
    }
}
