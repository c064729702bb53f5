//! What the routes of all these tests know of carriers.

use doorstep_adapters::carriers::shape_fields;
use doorstep_domain::egress::Reach;
use stores::AnyShape;

/// As a deployment has it.
pub(crate) const ANY_SHAPE: AnyShape = AnyShape { reach: Reach::Internet, fields: shape_fields };
