package org.dlora.engine;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.dlora.device.DeviceLostException;
import org.dlora.engine.ReplicaMessage.Close;
import org.dlora.engine.ReplicaMessage.Command;
import org.dlora.engine.ReplicaMessage.Load;
import org.dlora.engine.ReplicaMessage.WarmUp;
import org.dlora.engine.delivery.Outbox;
import org.dlora.replica.ReplicaCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of a replica's thread: it handles all messages, computes a step and sends the events,
 * again and again. The thread sleeps while there is nothing to compute.
 */
final class ServingLoop {
    private static final Logger log = LoggerFactory.getLogger(ServingLoop.class);

    /** Failures of steps or of the loop in a row after which a replica ends. */
    private static final int MAX_FAILURES = 8;

    private final ReplicaSettings settings;
    private final ReplicaModel model;
    private final Engine engine;
    private final Mailbox mailbox;
    private final Outbox outbox;
    private final Consumer<ReplicaCommand> handled;
    private final BiConsumer<ReplicaMessage, Throwable> failed;
    private boolean open = true;

    /**
     * @param handled is given each command after it was applied, or failed
     * @param failed is given a message that failed, and why
     */
    ServingLoop(
            ReplicaSettings settings,
            ReplicaModel model,
            Engine engine,
            Mailbox mailbox,
            Outbox outbox,
            Consumer<ReplicaCommand> handled,
            BiConsumer<ReplicaMessage, Throwable> failed) {
        this.settings = settings;
        this.model = model;
        this.engine = engine;
        this.mailbox = mailbox;
        this.outbox = outbox;
        this.handled = handled;
        this.failed = failed;
    }

    /** Serves until a message closes the replica, or too many turns in a row fail. */
    void run() {
        int failures = 0;
        try {
            while (open && failures < MAX_FAILURES) {
                failures = turn() ? 0 : failures + 1;
            }
            if (open) {
                log.error(
                        "Replica {} has failed {} times in a row and ends",
                        settings.id(),
                        failures);
            }
        } catch (InterruptedException e) {
            log.warn("Replica {} was interrupted and ends", settings.id());
        } catch (DeviceLostException e) {
            log.error("Replica {} has lost its device and ends", settings.id(), e);
        } catch (RuntimeException | Error e) {
            log.error("Replica {} has a defect and ends", settings.id(), e);
        }
    }

    /** Handles messages and runs a step; returns false if that failed its sequences. */
    private boolean turn() throws InterruptedException {
        try {
            engine.status().turn();
            receive();
            outbox.send();
            engine.continueResize();
            boolean isComputed = true;
            if (open && !engine.isIdle()) {
                isComputed = engine.step();
                assert engine.verify();
            }
            outbox.send();
            return isComputed;
        } catch (DeviceLostException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            engine.failAll("The replica failed; see the server's log", e);
            outbox.send();
            return false;
        }
    }

    /** Handles all messages; waits for one if there is nothing to run. */
    private void receive() throws InterruptedException {
        if (engine.isIdle() && !engine.isResizing()) {
            assert engine.verify();
            engine.status().rest();
            var message = next();
            engine.status().turn();
            handle(message);
        }
        // What lies behind the message that ends everything stays, to be refused.
        while (open) {
            var message = mailbox.poll();
            if (message == null) {
                break;
            }
            handle(message);
        }
    }

    private ReplicaMessage next() throws InterruptedException {
        if (engine.status().copyBytes() > 0) {
            var soon = mailbox.poll(engine.status().settings().merge().keep());
            if (soon != null) {
                return soon;
            }
            engine.releaseCopies();
        }
        return mailbox.take();
    }

    private void handle(ReplicaMessage message) {
        try {
            switch (message) {
                case Command(var command, var constraint) -> engine.apply(command, constraint);
                case Load(var id, var terms) -> engine.load(id, terms);
                case WarmUp warmUp -> warmUp(warmUp);
                case Close _ -> open = false;
            }
        } catch (RuntimeException | Error e) {
            failed.accept(message, e);
            throw e;
        } finally {
            if (message instanceof Command(var command, _)) {
                handled.accept(command);
            }
        }
    }

    private void warmUp(WarmUp message) {
        engine.status().rest();
        try {
            if (!engine.isIdle()) {
                throw new IllegalStateException(
                        "Replica " + settings.id() + " is serving, so it cannot be warmed up");
            }
            engine.forgetCache(); // Warming up writes to the same blocks.
            var rounds =
                    new WarmUpRounds(
                            settings,
                            model.with(engine.adapters()),
                            engine.withheld(),
                            engine.status().settings().policy().mayMerge(),
                            message.goOn());
            rounds.run();
            rounds.costs().ifPresent(engine::calibrate);
            message.done().complete(null);
        } catch (RuntimeException | Error e) {
            message.done().completeExceptionally(e);
        } finally {
            engine.status().turn();
        }
    }
}
