// Weights of a file and the parameters of a network, brought together by name.
//
// A name of the file may carry what wraps a model ("module.", "model.", "_orig_mod.", ...), be one
// of the authors' (shared/nets/source_names.h), or that of an encoder alone, as torchvision and
// timm have it (shared/nets/encoder_names.h), also below "encoder." or "backbone.": our
// "encoder.layer1.0.conv1.weight" is "layer1.0.conv1.weight" of a torchvision ResNet. Counters of
// batches are passed over. Shapes must be equal but for extents of 1 in other places, where a conv
// stands for a linear layer over a whole map [O,C*h*w] is [O,C,h,w], and of two tensors for one
// parameter the second is unexpected.
//
// The convs that look at the image change their channels where that is all that differs: from
// colour to grey their weights are summed over the channels, from grey to colour each channel gets
// a third. Both give for a grey image what the original gives, if it was normalised alike in every
// channel; segmentation_models.pytorch does the same.
//
// The one logit of a sigmoid becomes two classes where a conv gives it and the network has two: a
// first class of logit 0 before it. Softmax then gives the probabilities that the sigmoid gave.
#pragma once

#include <string>
#include <vector>

#include "native/weights/weight_file.h"
#include "shared/graph/graph.h"
#include "shared/nets/nets.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

struct WeightFit {
  std::string group;                    // the dict of the file that they come from
  Weights weights;                      // those that fit, by our names
  std::vector<std::string> missing;     // in the network, not in the file
  std::vector<std::string> unexpected;  // in the file, not in the network
  std::vector<std::string> misshapen;   // "conv.weight is [4,32,1,1] here and [2,32,1,1] there"
  std::vector<std::string> adapted;     // "conv.weight from 3 channels to 1"

  std::size_t wanted() const { return weights.size() + missing.size() + misshapen.size(); }
};

// Of a file's dicts, the one that fits best. Errors are values that cannot be read or are not
// finite, and an ONNX file whose batch norms are folded into its convs; what does not fit stands in
// the lists.
Result<WeightFit> fitWeights(const WeightFile& file, const Graph& graph);

// How many classes the file's weights for this net were trained on, by the shape of the one
// parameter that depends on it, 2 of one logit; 0: the file does not tell.
Result<int> classesOf(const WeightFile& file, const Chosen<NetRow>& net, int inputChannels);

}  // namespace limbus
