package org.dlora.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.Ends;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SequenceState;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request that leaves its replica gets what was sent before, and nothing more. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DepartureTest {
    private static final Token TOKEN = new Token(7, "seven", null);
    private static final Finished END = Ends.finished(FinishReason.STOP, "", null, 1, 0, 1);

    private static ReplicaEvent.Exported exported(String request) {
        var sequence =
                new GenerationRequest(
                        request,
                        AdapterRef.base(),
                        new int[] {1},
                        SamplingParams.GREEDY,
                        StopConditions.after(3),
                        -1,
                        -1,
                        true);
        return new ReplicaEvent.Exported(SequenceState.of(sequence), 0);
    }

    private final List<GenerationEvent> told = new ArrayList<>();
    private final List<String> cancelled = new ArrayList<>();
    private final Subscriptions subscriptions = new Subscriptions(cancelled::add);
    private final Outbox outbox = new Outbox("r", subscriptions::of);

    @Test
    void aRequestIsThereUntilAllItsTokensAreDelivered() throws InterruptedException {
        subscriptions.add("leaving", told::add, null);
        subscriptions.add("staying", told::add, null);
        outbox.of("leaving").on(TOKEN);
        outbox.of("leaving").moved(exported("leaving"));
        outbox.of("leaving").on(TOKEN);
        outbox.send();
        assertThat(subscriptions.has("leaving")).isTrue();

        outbox.of("staying").on(END);
        outbox.close();
        outbox.thread().join();

        assertThat(told).containsExactly(TOKEN, END);
        assertThat(subscriptions.has("leaving")).isFalse();
        assertThat(cancelled).isEmpty();
    }

    @Test
    void aPreemptionComesBetweenTheTokensAroundIt() throws InterruptedException {
        var order = new ArrayList<String>();
        subscriptions.add(
                "r",
                new GenerationListener() {
                    @Override
                    public void on(GenerationEvent event) {
                        order.add("token");
                    }

                    @Override
                    public void preempted() {
                        order.add("preempted");
                    }
                },
                null);
        outbox.of("r").on(TOKEN);
        outbox.of("r").preempted();
        outbox.of("of nobody").preempted();
        outbox.of("r").on(TOKEN);
        outbox.close();
        outbox.thread().join();
        assertThat(order).containsExactly("token", "preempted", "token");
    }

    @Test
    void aRequestThatLeftMayComeBack() {
        subscriptions.add("r", told::add, null);
        subscriptions.of("r").moved(exported("r"));
        assertThat(subscriptions.add("r", told::add, null)).isTrue();
        subscriptions.of("r").on(TOKEN);
        assertThat(told).containsExactly(TOKEN);
    }
}
