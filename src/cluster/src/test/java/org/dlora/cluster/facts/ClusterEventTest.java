package org.dlora.cluster.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ClusterEventTest {
    @Test
    void eachKindOfChangeCanBeSubscribedTo() {
        var names =
                Arrays.stream(ClusterEvent.class.getPermittedSubclasses())
                        .map(type ->
                                type.getSimpleName()
                                        .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                                        .toLowerCase(Locale.ROOT))
                        .toList();
        assertThat(ClusterEvent.KINDS).containsExactlyInAnyOrderElementsOf(names);
    }
}
