// Where a network looks: what feature maps of different networks have in common.
#pragma once

#include <torch/torch.h>

namespace limbus {

// [N,C,h,w] -> [N,h,w]: the sum of the channels' squares, of unit length for each image (Zagoruyko
// and Komodakis, "Paying more attention to attention", ICLR 2017).
torch::Tensor attentionOf(const torch::Tensor& features);

}  // namespace limbus
