package org.dlora.replica.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenIdSetTest {

    @Test
    void holdsEachTokenOnceInAscendingOrder() {
        var tokens = TokenIdSet.of(List.of(7, 3, 7, 5));
        var each = new ArrayList<Integer>();
        tokens.each(each::add);
        assertThat(tokens).containsExactly(3, 5, 7).isEqualTo(Set.of(3, 5, 7));
        assertThat(each).containsExactly(3, 5, 7);
        assertThat(tokens.has(5)).isTrue();
        assertThat(tokens.has(4)).isFalse();
        assertThat(tokens.ends()).containsExactly(3, 7);
        assertThat(TokenIdSet.of(Set.of()).ends()).isEmpty();
    }

    @Test
    void aBiasIsTheMapThatItWasMadeOf() {
        var given = new LinkedHashMap<Integer, Double>();
        given.put(9, -1.5);
        given.put(2, 3.0);
        var bias = TokenBias.of(given);
        var each = new LinkedHashMap<Integer, Double>();
        bias.each(each::put);
        assertThat(bias).isEqualTo(given).hasSize(2);
        assertThat(bias.keySet()).containsExactly(2, 9);
        assertThat(each).isEqualTo(given);
        assertThat(bias.get(9)).isEqualTo(-1.5);
        assertThat(bias.get(3)).isNull();
        assertThat(bias.containsKey(2)).isTrue();
        assertThat(bias.ends()).containsExactly(2, 9);
        assertThat(TokenBias.of(Map.of()).ends()).isEmpty();
    }

    @Test
    void compactTextStaysTheSame() {
        var tokens = TokenIdSet.of(List.of(1));
        var bias = TokenBias.of(Map.of(1, 1.0));
        assertThat(TokenIdSet.of(tokens)).isSameAs(tokens);
        assertThat(TokenBias.of(bias)).isSameAs(bias);
    }
}
