package org.dlora.cluster.facts;

import java.util.function.Consumer;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.Mode;

/** Observer of a replica's steps that tells of changes of its weights. For one thread at a time. */
public final class ModeSwitches implements Consumer<RecordedStep> {
    private final String replica;
    private final ClusterEvents events;
    private Mode last = Mode.unmerged();

    /**
     * @param replica its id
     */
    public ModeSwitches(String replica, ClusterEvents events) {
        this.replica = replica;
        this.events = events;
    }

    @Override
    public void accept(RecordedStep step) {
        var mode = step.decision().mode();
        if (!mode.equals(last)) {
            events.publish(
                    new ClusterEvent.ModeSwitched(
                            events.clock().instant(),
                            replica,
                            last.toString(),
                            mode.toString(),
                            step.decision().why()));
            last = mode;
        }
    }
}
