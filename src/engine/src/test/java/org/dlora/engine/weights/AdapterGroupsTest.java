package org.dlora.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.engine.FakeModel;
import org.dlora.model.LinearSite;
import org.junit.jupiter.api.Test;

class AdapterGroupsTest {
    private final AtomicInteger looks = new AtomicInteger();
    private final Map<String, AdapterTerms> adapters =
            new HashMap<>(Map.of("ant", counted("ant"), "bee", counted("bee")));

    @Test
    void aLayersGroupsArePutTogetherOnceForStepsWithTheSameRows() {
        var first = groups(2, 3);
        var at = first.at(LinearSite.QKV.in(7));
        assertThat(at).hasSize(2);
        assertThat(looks).hasValue(2);
        var second = groups(2, 3).orSame(first);
        assertThat(second.at(LinearSite.QKV.in(7))).isSameAs(at);
        assertThat(looks).hasValue(2);
        assertThat(second.at(LinearSite.QKV.in(8))).hasSize(2);
        assertThat(second.at(LinearSite.O.in(7))).isEmpty();
    }

    @Test
    void otherRowsOrWeightsAreOtherGroups() {
        var first = groups(2, 3);
        assertThat(groups(3, 3).orSame(first)).isNotSameAs(first);
        adapters.put("bee", counted("bee"));
        assertThat(groups(2, 3).orSame(first)).isNotSameAs(first);
    }

    private AdapterGroups groups(int ants, int bees) {
        var groups = new AdapterGroups(adapters);
        groups.add(null, 0, 4);
        groups.add("ant", 4, ants);
        groups.add("bee", 4 + ants, 1);
        groups.add("bee", 5 + ants, bees - 1);
        return groups;
    }

    private AdapterTerms counted(String name) {
        var terms = FakeModel.terms(name);
        return at -> {
            looks.incrementAndGet();
            return terms.at(at);
        };
    }
}
