package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerSiteTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30})
    void indicesNumberAllLinearLayers(int layers) {
        var all = LayerSite.all(layers);

        assertThat(all).hasSize(LayerSite.count(layers));
        assertThat(all.stream().map(LayerSite::index))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, LayerSite.count(layers)).boxed().toList());
    }

    @Test
    void theOrderIsThatOfAStep() {
        assertThat(LayerSite.all(1))
                .containsExactly(
                        LayerSite.EMBEDDING,
                        LinearSite.QKV.in(0),
                        LinearSite.O.in(0),
                        LinearSite.GATE_UP.in(0),
                        LinearSite.DOWN.in(0),
                        LayerSite.OUTPUT);
    }

    @Test
    void refusesALayerThatDoesNotHaveTheSite() {
        assertThatIllegalArgumentException().isThrownBy(() -> LinearSite.OUTPUT.in(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LinearSite.QKV.in(LinearSite.NO_LAYER));
        assertThatIllegalArgumentException().isThrownBy(() -> LinearSite.QKV.in(-2));
    }
}
